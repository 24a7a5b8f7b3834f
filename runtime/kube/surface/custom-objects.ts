/**
 * Key of `access` → the type of its objects, for resources that errand does not know by itself. Files that `errand types` writes add to it:
 *
 * @example
 * declare module "errand" {
 *   interface CustomObjects {
 *     "certificates.cert-manager.io": Certificate;
 *   }
 * }
 */
// biome-ignore lint/suspicious/noEmptyInterface: filled by declarations elsewhere
export interface CustomObjects {}

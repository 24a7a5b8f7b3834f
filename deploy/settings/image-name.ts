/** What an image's name is made of, registry, tag and digest included. https://github.com/distribution/reference/blob/main/reference.go */
const IMAGE_NAME = /^[a-zA-Z0-9][\w./:@-]*$/;

/**
 * Whether a text can be the name of an image. The API server takes any text: what is none would only be found by the node, as `InvalidImageName`, once the
 * first run is due.
 */
export function isImageName(text: string): boolean {
  return IMAGE_NAME.test(text);
}

/** Whether it can be one once `{job}` and `{revision}` are filled in. */
export function isImageTemplate(text: string): boolean {
  return isImageName(text.replaceAll(/\{(?:job|revision)\}/g, "x"));
}

/** The oldest major version of Node that errand runs on. */
const OLDEST_NODE = 24;

/** Whether it can be the major version of an image's Node. */
export function isNodeVersion(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= OLDEST_NODE;
}

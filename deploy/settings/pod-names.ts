/** The container that runs the job. */
export const CONTAINER_NAME = "job";
/** The volume with the bundle. */
export const BUNDLE_VOLUME = "bundle";
/** The volume with the job's secrets. */
export const SECRETS_VOLUME = "secrets";
/** The volume with the ServiceAccount's token. */
export const TOKEN_VOLUME = "errand-token";

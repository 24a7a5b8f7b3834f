/** The package's version, as API servers see it. A test holds it equal to package.json, which a bundle does not have. */
export const VERSION = "0.1.0";

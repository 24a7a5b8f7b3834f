import picocolors from "picocolors";

/** Colours for what goes to stderr: none where it is no terminal, or where NO_COLOR is set. https://no-color.org */
export const style = picocolors.createColors(
  Boolean(process.stderr.isTTY) && !process.env.NO_COLOR && process.env.TERM !== "dumb",
);

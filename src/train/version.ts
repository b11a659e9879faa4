/** The version in package.json, which browsers cannot read; a test keeps the two equal. */
export const PACKAGE_VERSION = "0.1.0";

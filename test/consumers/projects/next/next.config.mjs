/** Written as files at the end of the build, in which the server's half has run. */
export default { output: "export", turbopack: { root: import.meta.dirname } };

/** Imports from the packages installed beside this file, whoever asks. */
export const load = (name) => import(name);

/** The namespace of the package `name` as installed beside this file. */
export function load(name: string): Promise<Record<string, unknown>>;

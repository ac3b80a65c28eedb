declare const provenBy: unique symbol

/**
 * A value that only one file can make: the cast to a proof type appears in the file that declares it
 * and nowhere else, so a check that was skipped does not compile.
 */
export type Proven<T, Mark extends string> = T & { readonly [provenBy]: Mark }

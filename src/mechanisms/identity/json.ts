/** JSON as it stands in a token; an object has each key once. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject

/** Keys in the order of the text. */
export interface JsonObject {
  readonly [key: string]: Json
}

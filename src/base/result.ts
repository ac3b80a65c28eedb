/**
 * A returned outcome: what a peer can cause is a value, never an exception.
 * Throwing costs microseconds and a flood could make us pay it.
 */
export type Result<T, E> = Ok<T> | Failed<E>

/** The good half of a `Result`. */
export interface Ok<T> {
  readonly ok: true
  readonly value: T
}

/** The bad half of a `Result`. */
export interface Failed<E> {
  readonly ok: false
  readonly error: E
}

/** Wraps a value as success. */
export function ok<T>(value: T): Ok<T> {
  return { ok: true, value }
}

/** Wraps an error as failure. */
export function failed<E>(error: E): Failed<E> {
  return { ok: false, error }
}

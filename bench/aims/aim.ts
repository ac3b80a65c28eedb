/** Something that was aimed at, and what was measured. */
export interface Aim {
  readonly what: string
  readonly limit: number
  readonly measured: number
  /** A limit is mostly a highest value. */
  readonly isLeast?: boolean
  readonly unit: string
}

/** Whether it was reached; what was not measured was not. */
export function isReached({ limit, measured, isLeast }: Aim): boolean {
  return isLeast === true ? measured >= limit : measured <= limit
}

/** The aims as lines for a terminal. */
export function printAims(aims: readonly Aim[]): string {
  return aims
    .map(
      aim => `${isReached(aim) ? 'reached' : 'MISSED '}  ${aim.what}: ${value(aim.measured)} ${bound(aim)}`,
    )
    .join('\n')
}

/** Measured, the limit, and whether it was reached: cells of a table. */
export function cellsOf(aim: Aim): readonly string[] {
  return [aim.what, value(aim.measured), bound(aim).slice(1, -1), isReached(aim) ? 'yes' : '**no**']
}

function bound({ limit, unit, isLeast }: Aim): string {
  return `(${isLeast === true ? 'at least' : 'at most'} ${limit}${unit === '' ? '' : ` ${unit}`})`
}

function value(measured: number): string {
  return String(Number(measured.toPrecision(3)))
}

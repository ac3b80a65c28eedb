/** Two samples, compared by the ranks of their values. */
export interface Comparison {
  /** How likely values so far apart are when both come from one source, both ways. */
  readonly p: number
  /** How often a value of the first is greater than one of the second: 0.5 when they do not differ. */
  readonly effect: number
}

/**
 * Mann and Whitney's test, by the normal approximation with ties and continuity corrected: it asks nothing of the form of
 * a distribution, and one late value moves it no more than any other. Needs some six values of each.
 */
export function rankTest(first: readonly number[], second: readonly number[]): Comparison {
  const values = [
    ...first.map(value => ({ value, isFirst: true })),
    ...second.map(value => ({ value, isFirst: false })),
  ].sort((a, b) => a.value - b.value)
  let rankSum = 0
  let ties = 0
  for (let at = 0; at < values.length; ) {
    let end = at
    while (end < values.length && values[end]?.value === values[at]?.value) end++
    const rank = (at + 1 + end) / 2
    for (const { isFirst } of values.slice(at, end)) if (isFirst) rankSum += rank
    ties += (end - at) ** 3 - (end - at)
    at = end
  }
  const [n, m] = [first.length, second.length]
  const all = n + m
  const u = rankSum - (n * (n + 1)) / 2
  const variance = ((n * m) / 12) * (all + 1 - ties / (all * (all - 1)))
  if (!(variance > 0)) return { p: 1, effect: 0.5 }
  const z = Math.max(0, Math.abs(u - (n * m) / 2) - 0.5) / Math.sqrt(variance)
  return { p: 2 * upperTail(z), effect: u / (n * m) }
}

/** Of the normal distribution; Abramowitz and Stegun 26.2.17, good to 7.5e-8, which is enough for what is compared here. */
function upperTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z)
  const series =
    ((((1.330274429 * t - 1.821255978) * t + 1.781477937) * t - 0.356563782) * t + 0.31938153) * t
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series
}

/** The value in the middle; 0 of nothing. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
}

let last = 0

/**
 * Sets where the numbers begin, before any flow is there: processes that hear of each other's flows count apart.
 * @param first an integer below 2^48
 */
export function startFlowIds(first: number): void {
  last = first
}

/** The next number of a flow, unique in this process. */
export function nextFlowId(): number {
  last += 1
  return last
}

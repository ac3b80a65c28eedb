let last = 0

/** The next number of a flow, unique in this process. */
export function nextFlowId(): number {
  last += 1
  return last
}

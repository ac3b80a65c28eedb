import type { SrvRecord } from '../../base/dns-records.ts'

/**
 * The order in which servers are tried: by priority, and within one priority drawn by weight.
 * @param random random bytes; each draw takes four
 * @see RFC 2782 "Usage rules"
 */
export function orderSrv(
  records: readonly SrvRecord[],
  random: (bytes: number) => Buffer,
): readonly SrvRecord[] {
  const byPriority = new Map<number, SrvRecord[]>()
  for (const record of records) {
    const same = byPriority.get(record.priority)
    if (same === undefined) byPriority.set(record.priority, [record])
    else same.push(record)
  }
  const priorities = [...byPriority.keys()].sort((a, b) => a - b)
  return priorities.flatMap(priority => draw(byPriority.get(priority) ?? [], random))
}

function draw(records: readonly SrvRecord[], random: (bytes: number) => Buffer): readonly SrvRecord[] {
  // Weight zero first: it is drawn only when the number drawn is zero.
  const left = records.toSorted((a, b) => Number(a.weight !== 0) - Number(b.weight !== 0))
  const ordered: SrvRecord[] = []
  while (left.length > 1) {
    const sum = left.reduce((total, record) => total + record.weight, 0)
    const drawn = random(4).readUInt32BE() % (sum + 1)
    let running = 0
    const at = left.findIndex(record => {
      running += record.weight
      return running >= drawn
    })
    ordered.push(...left.splice(at, 1))
  }
  return [...ordered, ...left]
}

import type { Cost } from './number-shape.ts'

/**
 * Where calls end that somebody earns money by, as far as digits tell: our own short list, of what is documented as
 * premium, shared revenue or satellite, and of country codes that fraud often goes to. An operator who knows better
 * says so by the classes of the policy, which go before it.
 */

/** Behind the international prefix: premium rates, personal numbers, satellites, global services with a price. */
const PREMIUM: readonly string[] = [
  '1900', '31900', '31906', '31909', '32900', '32901', '32902', '32903', '32904', '32905', '32906', '32907', '32908',
  '32909', '33899', '34803', '34806', '34807', '39892', '39899', '4190', '43810', '43820', '43821', '43900', '43901',
  '43930', '43931', '4470', '4490', '4491', '4498', '46900', '46939', '46944', '47820', '47829', '48700', '48703',
  '48704', '48708', '49137', '49900', '61190', '870', '878', '881', '882', '883', '979',
] // biome-ignore format: a list

/** Behind the international prefix: countries and ranges that revenue-share fraud often goes to. */
const ABUSED: readonly string[] = [
  '1268', '1284', '1473', '1649', '1664', '1758', '1767', '1784', '1809', '1829', '1849', '1868', '1869', '1876',
  '216', '220', '222', '224', '225', '226', '231', '232', '235', '236', '239', '240', '243', '245', '247', '248', '252',
  '257', '261', '263', '269', '290', '370', '371', '372', '373', '375', '382', '387', '500', '509', '53', '592', '670',
  '672', '674', '675', '677', '678', '682', '683', '685', '686', '688', '690', '692', '850', '960', '97056', '97059',
  '97256', '97259', '992', '993',
] // biome-ignore format: a list

/** Without an international prefix: `0900 …`, `1-900-…`, perhaps behind an outside line. */
const NATIONAL_PREMIUM: readonly string[] = ['0900', '90900', '00900', '1900', '91900']

interface Node {
  cost: Cost
  readonly next: (Node | undefined)[]
}

const abroad = treeOf([
  [ABUSED, 2],
  [PREMIUM, 3],
])
const national = treeOf([[NATIONAL_PREMIUM, 3]])

/** @param digits of the number @param start where its country code begins @param length of all digits */
export function costOfInternational(digits: Uint8Array, start: number, length: number): Cost {
  const listed = lookUp(abroad, digits, start, length)
  return listed === 0 ? 1 : listed
}

/** Digits of a premium number at least, so that a longer extension is none. */
const MIN_NATIONAL_PREMIUM = 9

export function costOfNational(digits: Uint8Array, length: number): Cost {
  return length < MIN_NATIONAL_PREMIUM ? 0 : lookUp(national, digits, 0, length)
}

function lookUp(root: Node, digits: Uint8Array, start: number, length: number): Cost {
  let node: Node | undefined = root
  let cost: Cost = 0
  for (let at = start; at < length && node !== undefined; at += 1) {
    node = node.next[digits[at] ?? 0]
    if (node !== undefined && node.cost > cost) cost = node.cost
  }
  return cost
}

function treeOf(lists: readonly (readonly [readonly string[], Cost])[]): Node {
  const root: Node = { cost: 0, next: [] }
  for (const [prefixes, cost] of lists) {
    for (const prefix of prefixes) {
      let node = root
      for (const digit of prefix) {
        const place = Number(digit)
        const known = node.next[place] ?? { cost: 0, next: [] }
        node.next[place] = known
        node = known
      }
      node.cost = cost
    }
  }
  return root
}

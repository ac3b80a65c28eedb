import type { Mending } from './attack.ts'

/** A program whose mending is known. */
export type Product = keyof Mending

export const PRODUCTS: readonly Product[] = ['aspis', 'kamailio', 'opensips', 'asterisk']

/** As their makers write them. */
export const PRODUCT_NAMES: Readonly<Record<Product, string>> = {
  aspis: 'Aspis',
  kamailio: 'Kamailio',
  opensips: 'OpenSIPS',
  asterisk: 'Asterisk',
}

/** What a Server or User-Agent field (RFC 3261 §20.35, §20.41) names; nothing for what is not known. */
export function productOf(said: string): Product | undefined {
  return SIGNS.find(([, sign]) => sign.test(said.slice(0, 200)))?.[0]
}

const SIGNS: readonly (readonly [Product, RegExp])[] = [
  ['aspis', /\baspis\b(?!-audit)/i],
  ['kamailio', /\bkamailio\b/i],
  ['opensips', /\bopensips\b/i],
  ['asterisk', /\basterisk\b|\bfreepbx\b|^FPBX/i],
]

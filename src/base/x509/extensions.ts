import { elementsOf, objectIdentifier, TAG } from './der.ts'

/** One extension of a certificate (RFC 5280 §4.1.2.9). */
export interface Extension {
  /** Dotted object identifier. */
  readonly id: string
  readonly isCritical: boolean
  /** Contents of its OCTET STRING, DER. */
  readonly value: Buffer
}

/** What a certificate may be used for, as far as a path of certificates asks (RFC 5280 §6.1). */
export interface CertificateUse {
  /** basicConstraints says that it is an authority. */
  readonly isAuthority: boolean
  /** Authorities that may follow below it; undefined: any number. */
  readonly maxPathLength: number | undefined
  /** Bits of keyUsage, the first named one as 0x8000; undefined without the extension. */
  readonly keyUsage: number | undefined
  /** Critical extensions that nothing here looks at; one of them means: do not use (RFC 5280 §4.2). */
  readonly unknownCritical: readonly string[]
}

/** Bits of `CertificateUse.keyUsage`. */
export const KEY_USAGE = {
  digitalSignature: 0x8000,
  nonRepudiation: 0x4000,
  certificateSign: 0x0400,
} as const

const BASIC_CONSTRAINTS = '2.5.29.19'
const KEY_USAGE_ID = '2.5.29.15'
/** Extensions whose meaning is looked at, here or by who checks names and purposes. */
const KNOWN: readonly string[] = [BASIC_CONSTRAINTS, KEY_USAGE_ID, '2.5.29.17', '2.5.29.37']

const EXTENSIONS = 0xa3
const BIT_STRING = 0x03
const OCTET_STRING = 0x04

/**
 * The extensions of a certificate, in their order.
 * @returns undefined when the DER is malformed or one stands twice
 */
export function extensionsOf(certificate: Buffer): readonly Extension[] | undefined {
  const [outer] = elementsOf(certificate) ?? []
  const [body] = outer?.tag === TAG.sequence ? (elementsOf(outer.bytes) ?? []) : []
  const fields = body?.tag === TAG.sequence ? elementsOf(body.bytes) : undefined
  if (fields === undefined) return undefined
  const field = fields.find(({ tag }) => tag === EXTENSIONS)
  if (field === undefined) return []
  const [list] = elementsOf(field.bytes) ?? []
  const items = list?.tag === TAG.sequence ? elementsOf(list.bytes) : undefined
  if (items === undefined) return undefined
  const extensions: Extension[] = []
  for (const item of items) {
    const [type, ...rest] = elementsOf(item.bytes) ?? []
    const value = rest.at(-1)
    const id = type?.tag === TAG.objectIdentifier ? objectIdentifier(type.bytes) : undefined
    if (id === undefined || value?.tag !== OCTET_STRING || rest.length > 2) return undefined
    if (extensions.some(extension => extension.id === id)) return undefined
    const flag = rest.length === 2 ? rest[0] : undefined
    if (flag !== undefined && flag.tag !== TAG.boolean) return undefined
    extensions.push({ id, isCritical: flag !== undefined && flag.bytes[0] !== 0, value: value.bytes })
  }
  return extensions
}

/**
 * What a certificate may be used for.
 * @param understood further critical extensions that the caller looks at itself
 * @returns undefined when the DER is malformed
 */
export function useOf(certificate: Buffer, understood: readonly string[] = []): CertificateUse | undefined {
  const extensions = extensionsOf(certificate)
  if (extensions === undefined) return undefined
  const find = (id: string): Buffer | undefined => extensions.find(each => each.id === id)?.value
  const basic = readBasicConstraints(find(BASIC_CONSTRAINTS))
  const usage = readKeyUsage(find(KEY_USAGE_ID))
  if (basic === undefined || usage === undefined) return undefined
  const unknownCritical = extensions
    .filter(({ id, isCritical }) => isCritical && !KNOWN.includes(id) && !understood.includes(id))
    .map(({ id }) => id)
  return { ...basic, keyUsage: usage.bits, unknownCritical }
}

function readBasicConstraints(
  value: Buffer | undefined,
): Pick<CertificateUse, 'isAuthority' | 'maxPathLength'> | undefined {
  if (value === undefined) return { isAuthority: false, maxPathLength: undefined }
  const [sequence] = elementsOf(value) ?? []
  const parts = sequence?.tag === TAG.sequence ? elementsOf(sequence.bytes) : undefined
  if (parts === undefined) return undefined
  const isAuthority = parts[0]?.tag === TAG.boolean && parts[0].bytes[0] !== 0
  const length = parts.find(({ tag }) => tag === TAG.integer)?.bytes
  if (length === undefined) return { isAuthority, maxPathLength: undefined }
  if (length.length !== 1) return undefined
  return { isAuthority, maxPathLength: length[0] ?? 0 }
}

function readKeyUsage(value: Buffer | undefined): { readonly bits: number | undefined } | undefined {
  if (value === undefined) return { bits: undefined }
  const [string] = elementsOf(value) ?? []
  if (string?.tag !== BIT_STRING || string.bytes.length < 1 || string.bytes.length > 3) return undefined
  return { bits: ((string.bytes[1] ?? 0) << 8) | (string.bytes[2] ?? 0) }
}

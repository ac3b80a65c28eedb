import type { Binding } from './location.ts'

/** Reads a binding back from its stored JSON; undefined when it is not one. */
function readBinding(json: string): Binding | undefined {
  const row = parsed(json)
  if (row === undefined) return undefined
  const { aor, contact, instance, regId, callId, cseq, q, expiresAtMs } = row
  const { path, flowToken, received, params, userAgent, pubGruu, tempGruuEpoch, key } = row
  if (!isText(aor) || !isText(contact) || !isText(callId) || !isText(received) || !isText(params)) {
    return undefined
  }
  if (!isText(userAgent) || !isText(key) || !isNumber(cseq) || !isNumber(q) || !isNumber(expiresAtMs)) {
    return undefined
  }
  if (!isMaybeText(instance) || !isMaybeText(flowToken) || !isMaybeText(pubGruu)) return undefined
  if (!isMaybeNumber(regId) || !isMaybeNumber(tempGruuEpoch)) return undefined
  if (!Array.isArray(path) || !path.every(isText)) return undefined
  return {
    aor,
    contact,
    instance,
    regId,
    callId,
    cseq,
    q,
    expiresAtMs,
    path,
    flowToken,
    received,
    params,
    userAgent,
    ...(pubGruu === undefined ? {} : { pubGruu }),
    ...(tempGruuEpoch === undefined ? {} : { tempGruuEpoch }),
    key,
  }
}

/** Groups rows of one address-of-record each. @throws whatever `corrupt` makes, for a row that is no binding */
export function groupByAor(rows: Iterable<string>, corrupt: () => Error): Map<string, Binding[]> {
  const groups = new Map<string, Binding[]>()
  for (const json of rows) {
    const binding = readBinding(json)
    if (binding === undefined) throw corrupt()
    const group = groups.get(binding.aor)
    if (group === undefined) groups.set(binding.aor, [binding])
    else group.push(binding)
  }
  return groups
}

function parsed(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json)
    return isRecord(value) ? value : undefined
  } catch {
    // Not JSON: the caller reports a corrupt row.
    return undefined
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number'
}

function isMaybeText(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string'
}

function isMaybeNumber(value: unknown): value is number | undefined {
  return value === undefined || typeof value === 'number'
}

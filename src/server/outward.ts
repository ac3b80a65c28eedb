import type { Caller } from '../pipeline/caller.ts'
import type { OutwardDecision } from '../pipeline/ports.ts'
import type { Uri } from '../sip/uri/uri.ts'
import type { RuleConfig } from './config/config.ts'

const DENIED: OutwardDecision = { isAllowed: false, rule: 'default-deny', via: undefined }

/** The outward policy: the first rule that fits decides, none means no (PRX-05). */
export function decideOutward(rules: readonly RuleConfig[], caller: Caller, uri: Uri): OutwardDecision {
  for (const rule of rules) {
    if (speaksOf(rule, caller) && leadsTo(rule, uri)) {
      return { isAllowed: rule.allow, rule: rule.name, via: rule.via }
    }
  }
  return DENIED
}

function speaksOf(rule: RuleConfig, caller: Caller): boolean {
  switch (rule.from.kind) {
    case 'own-users':
      return caller.kind === 'user'
    case 'user':
      return caller.kind === 'user' && caller.aors.includes(rule.from.aor)
    case 'trunk':
      return caller.kind === 'trunk' && caller.trunk === rule.from.trunk
  }
}

function leadsTo(rule: RuleConfig, uri: Uri): boolean {
  switch (rule.to.kind) {
    case 'anywhere':
      return true
    case 'domain':
      return uri.host === rule.to.domain
    case 'prefix':
      return digitsOf(withoutEscapes(uri.user ?? '')).startsWith(digitsOf(rule.to.prefix))
  }
}

/** Every escape decoded once: `%2B44` and `+44` differ as user parts, and dial the same. */
function withoutEscapes(user: string): string {
  return user.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

/** A number without its visual separators (RFC 3966 §5.1.1): `+44-20` and `+4420` are one. */
function digitsOf(number: string): string {
  let digits = ''
  for (let i = 0; i < number.length; i++) {
    const char = number.charAt(i)
    if (char !== '-' && char !== '.' && char !== '(' && char !== ')') digits += char
  }
  return digits
}

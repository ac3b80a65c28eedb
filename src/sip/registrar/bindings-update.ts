import { failed, ok, type Result } from '../../base/result.ts'
import { uriEquals } from '../uri/equals.ts'
import { parseUri, type Uri } from '../uri/uri.ts'
import { type Binding, liveBindings } from './binding.ts'
import type { RegisterContact } from './contact.ts'
import { makePublicGruu } from './gruu.ts'
import type { RegisterRefusal } from './register-refusal.ts'
import type { RegisterFacts } from './registrar-facts.ts'

/** A contact that passed every check of its own. */
export interface AcceptedContact {
  readonly contact: RegisterContact
  /** 0 removes. */
  readonly grantedSeconds: number
  /** RFC 5626 §6 applies: the binding is of instance and reg-id, not of the URI. */
  readonly isOutbound: boolean
  readonly received: string
}

/** What all contacts of one REGISTER share. */
export interface RegisterContext {
  readonly callId: string
  readonly cseq: number
  readonly path: readonly string[]
  readonly userAgent: string
  readonly facts: RegisterFacts
}

/** `isNew` ones are of this request, so their CSeq says nothing about order. */
interface Draft {
  readonly binding: Binding
  readonly isNew: boolean
}

/**
 * Applies the contacts of one REGISTER in turn to the bindings of its AOR, all or nothing (RFC 3261 §10.3
 * step 7, RFC 5626 §6).
 * @returns every binding that the AOR then has
 */
export function updateBindings(
  contacts: readonly AcceptedContact[],
  context: RegisterContext,
): Result<readonly Binding[], RegisterRefusal> {
  const { facts } = context
  const live = liveBindings(facts.existing, facts.nowMs)
  const [only] = live
  const [one] = contacts
  if (contacts.length === 1 && live.length === 1 && one !== undefined && only !== undefined) {
    if (isRefresh(only, one)) return refreshed(only, one, context)
  }
  let drafts: readonly Draft[] = live.map(binding => ({ binding, isNew: false }))
  for (const accepted of contacts) {
    const { contact } = accepted
    const matched = drafts.filter(draft => isSame(draft.binding, accepted))
    if (matched.some(draft => !draft.isNew && isOutOfOrder(draft.binding, context)))
      return failed('cseq-not-higher')
    drafts = drafts.filter(draft => !matched.includes(draft))
    if (accepted.grantedSeconds === 0) continue
    const epoch =
      contact.instance === undefined
        ? undefined
        : epochOf(accepted, contact.instance, drafts, matched, context)
    const binding = bindingOf(accepted, epoch, context)
    drafts = [...drafts.map(draft => withEpoch(draft, binding)), { binding, isNew: true }]
  }
  return withinBound(drafts, facts.policy.maxContacts)
}

/** The phone's one contact again, which most REGISTERs are: the same as below, without lists. */
function isRefresh(binding: Binding, { contact, isOutbound }: AcceptedContact): boolean {
  return !isOutbound && contact.instance === undefined && binding.contact === contact.uri.text
}

function refreshed(
  before: Binding,
  accepted: AcceptedContact,
  context: RegisterContext,
): Result<readonly Binding[], RegisterRefusal> {
  if (isOutOfOrder(before, context)) return failed('cseq-not-higher')
  return ok(accepted.grantedSeconds === 0 ? [] : [bindingOf(accepted, undefined, context)])
}

/** `Contact: *`: removes every binding, or none (RFC 3261 §10.3 step 6). */
export function removeAllBindings(context: RegisterContext): Result<readonly Binding[], RegisterRefusal> {
  const live = liveBindings(context.facts.existing, context.facts.nowMs)
  return live.some(binding => isOutOfOrder(binding, context)) ? failed('cseq-not-higher') : ok([])
}

function isOutOfOrder(binding: Binding, context: RegisterContext): boolean {
  return binding.callId === context.callId && context.cseq <= binding.cseq
}

function isSame(binding: Binding, { contact, isOutbound }: AcceptedContact): boolean {
  if (isOutbound) return binding.regId === contact.regId && binding.instance === contact.instance
  if (!isSameContact(binding.contact, contact.uri)) return false
  // A flow belongs to its instance: another phone with the same private address does not end it.
  return (
    binding.regId === undefined || contact.instance === undefined || contact.instance === binding.instance
  )
}

/** Contacts compare as sip, since the sips version replaces the sip one (RFC 5630 §5.1.1.1). */
function isSameContact(known: string, uri: Uri): boolean {
  if (known === uri.text) return true
  const parsed = parseUri(known)
  return parsed.ok && uriEquals({ ...parsed.value, scheme: 'sip' }, { ...uri, scheme: 'sip' })
}

/**
 * The epoch of an instance's temporary GRUUs: kept while the registration goes on, drawn anew when its Call-ID
 * changes, which ends all GRUUs made before (RFC 5627 §5.1).
 */
function epochOf(
  { contact, isOutbound }: AcceptedContact,
  instance: string,
  others: readonly Draft[],
  matched: readonly Draft[],
  context: RegisterContext,
): number {
  const family = [...others, ...matched]
    .map(draft => draft.binding)
    .filter(binding => binding.instance === instance)
    .sort((a, b) => b.expiresAtMs - a.expiresAtMs)
  const latest = isOutbound ? family.find(binding => binding.regId === contact.regId) : family[0]
  const known = family[0]?.tempGruuEpoch
  const goesOn = latest === undefined || latest.callId === context.callId
  return known !== undefined && goesOn ? known : context.facts.random(6).readUIntBE(0, 6)
}

function withEpoch(draft: Draft, latest: Binding): Draft {
  const { binding } = draft
  if (latest.instance === undefined || latest.tempGruuEpoch === undefined) return draft
  if (binding.instance !== latest.instance || binding.tempGruuEpoch === latest.tempGruuEpoch) return draft
  return { ...draft, binding: { ...binding, tempGruuEpoch: latest.tempGruuEpoch } }
}

function bindingOf(
  { contact, grantedSeconds, isOutbound, received }: AcceptedContact,
  epoch: number | undefined,
  context: RegisterContext,
): Binding {
  const { facts } = context
  const { text, scheme } = contact.uri
  const binding: Binding = {
    aor: facts.aor,
    contact: text,
    instance: contact.instance,
    regId: isOutbound ? contact.regId : undefined,
    callId: context.callId,
    cseq: context.cseq,
    q: contact.q,
    expiresAtMs: facts.nowMs + grantedSeconds * 1000,
    path: context.path,
    flowToken: received === '' || !contact.hasRegId ? undefined : facts.source.flowToken,
    received,
    params: contact.params,
    userAgent: context.userAgent,
    key: isOutbound ? `${contact.instance};reg-id=${contact.regId}` : text,
  }
  if (contact.instance === undefined || epoch === undefined) return binding
  const gruuScheme = scheme === 'sips' ? 'sips' : 'sip'
  return {
    ...binding,
    pubGruu: makePublicGruu(facts.aor, contact.instance, gruuScheme),
    tempGruuEpoch: epoch,
  }
}

/**
 * Keeps to the bound. A phone that came back at another port leaves bindings of its instance behind; those make
 * room, oldest first, before anybody is refused.
 */
function withinBound(
  drafts: readonly Draft[],
  maxContacts: number,
): Result<readonly Binding[], RegisterRefusal> {
  let excess = drafts.length - maxContacts
  if (excess <= 0) return ok(drafts.map(draft => draft.binding))
  const renewed = new Set(drafts.flatMap(draft => (draft.isNew ? [draft.binding.instance] : [])))
  const superseded = drafts
    .filter(({ binding, isNew }) => !isNew && binding.instance !== undefined && renewed.has(binding.instance))
    .filter(draft => draft.binding.regId === undefined)
    .sort((a, b) => a.binding.expiresAtMs - b.binding.expiresAtMs)
  if (superseded.length < excess) return failed('too-many-bindings')
  const gone = new Set<Draft>()
  for (const draft of superseded) {
    if (excess === 0) break
    gone.add(draft)
    excess -= 1
  }
  return ok(drafts.filter(draft => !gone.has(draft)).map(draft => draft.binding))
}

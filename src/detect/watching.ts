import type { Watch } from './detector.ts'
import { Listeners, type OnThrown } from './listeners.ts'
import type {
  AaaSeen,
  BindingsChanged,
  ConnectionSeen,
  DialogDoubted,
  IdentityJudged,
  MediaSeen,
  MessageDropped,
  MessageMalformed,
  NameResolved,
  RuleDecided,
  ServerStrained,
  Sighting,
  SourceLimited,
} from './sighting.ts'
import { SortedListeners } from './sorted-listeners.ts'
import { byAnswer, byCall, byCredentials, byRequest, byResponse } from './sortings.ts'

/** Listeners by kind. */
export class Watching {
  readonly aaa = new Listeners<AaaSeen>()
  readonly answer = new SortedListeners(byAnswer)
  readonly call = new SortedListeners(byCall)
  readonly connection = new Listeners<ConnectionSeen>()
  readonly credentials = new SortedListeners(byCredentials)
  readonly doubt = new Listeners<DialogDoubted>()
  readonly drop = new Listeners<MessageDropped>()
  readonly identity = new Listeners<IdentityJudged>()
  readonly limited = new Listeners<SourceLimited>()
  readonly malformed = new Listeners<MessageMalformed>()
  readonly media = new Listeners<MediaSeen>()
  readonly naming = new Listeners<NameResolved>()
  readonly registration = new Listeners<BindingsChanged>()
  readonly request = new SortedListeners(byRequest)
  readonly response = new SortedListeners(byResponse)
  readonly rule = new Listeners<RuleDecided>()
  readonly strain = new Listeners<ServerStrained>()
  readonly tick = new Listeners<number>()

  add(id: string, watch: Watch): void {
    this.aaa.add(id, watch, watch.aaa)
    this.answer.add(id, watch, watch.answer, watch.only?.answer)
    this.call.add(id, watch, watch.call, watch.only?.call)
    this.connection.add(id, watch, watch.connection)
    this.credentials.add(id, watch, watch.credentials, watch.only?.credentials)
    this.doubt.add(id, watch, watch.doubt)
    this.drop.add(id, watch, watch.drop)
    this.identity.add(id, watch, watch.identity)
    this.limited.add(id, watch, watch.limited)
    this.malformed.add(id, watch, watch.malformed)
    this.media.add(id, watch, watch.media)
    this.naming.add(id, watch, watch.naming)
    this.registration.add(id, watch, watch.registration)
    this.request.add(id, watch, watch.request, watch.only?.request)
    this.response.add(id, watch, watch.response, watch.only?.response)
    this.rule.add(id, watch, watch.rule)
    this.strain.add(id, watch, watch.strain)
    this.tick.add(id, watch, watch.tick)
  }

  remove(id: string): void {
    this.aaa.remove(id)
    this.answer.remove(id)
    this.call.remove(id)
    this.connection.remove(id)
    this.credentials.remove(id)
    this.doubt.remove(id)
    this.drop.remove(id)
    this.identity.remove(id)
    this.limited.remove(id)
    this.malformed.remove(id)
    this.media.remove(id)
    this.naming.remove(id)
    this.registration.remove(id)
    this.request.remove(id)
    this.response.remove(id)
    this.rule.remove(id)
    this.strain.remove(id)
    this.tick.remove(id)
  }
}

export function tell(watching: Watching, seen: Sighting, onThrown: OnThrown): void {
  switch (seen.kind) {
    case 'aaa':
      return watching.aaa.tell(seen, onThrown)
    case 'answer':
      return watching.answer.tell(seen, onThrown)
    case 'call':
      return watching.call.tell(seen, onThrown)
    case 'connection':
      return watching.connection.tell(seen, onThrown)
    case 'credentials':
      return watching.credentials.tell(seen, onThrown)
    case 'doubt':
      return watching.doubt.tell(seen, onThrown)
    case 'drop':
      return watching.drop.tell(seen, onThrown)
    case 'identity':
      return watching.identity.tell(seen, onThrown)
    case 'limited':
      return watching.limited.tell(seen, onThrown)
    case 'malformed':
      return watching.malformed.tell(seen, onThrown)
    case 'media':
      return watching.media.tell(seen, onThrown)
    case 'naming':
      return watching.naming.tell(seen, onThrown)
    case 'registration':
      return watching.registration.tell(seen, onThrown)
    case 'request':
      return watching.request.tell(seen, onThrown)
    case 'response':
      return watching.response.tell(seen, onThrown)
    case 'rule':
      return watching.rule.tell(seen, onThrown)
    case 'strain':
      return watching.strain.tell(seen, onThrown)
  }
}

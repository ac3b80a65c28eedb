import { attack } from '../attack.ts'
import { callThrough, hangUp, within } from '../call.ts'
import { overheard } from '../intruding.ts'
import { token } from '../saying.ts'

/** BYE by one who knows a call by its Call-ID, which proxies log and phones make badly, and guesses the rest. */
export const guessedTagsBye = attack({
  id: 'guessed-tags-bye',
  entry: 'E07',
  title: 'ends a call by its Call-ID, with tags left out or invented',
  threats: ['spoofed-in-dialog-request'],
  clause: '§3.1, hijacking and call termination',
  references: ['RFC 3261 §12.2.2', 'RFC 3261 §19.3'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 60,
  needs: ['two-accounts'],
  expected: 'A BYE without the tags of the call reaches nobody.',
  mending: {
    aspis:
      'On by default: requests within dialogs need the proof of their dialog and its source, or credentials.',
    kamailio:
      'Load the dialog module, and `exit` for a To tag where `is_known_dlg()` or `loose_route()` fails.',
    opensips:
      'Call `validate_dialog()` behind `loose_route()` for requests with a To tag, and `exit` where it fails.',
    asterisk: 'PJSIP compares Call-ID and both tags: keep to a released version.',
  },
  async run(trial) {
    const [alice, bob] = [await trial.registered(0), await trial.registered(1)]
    const attacker = await trial.stranger()
    const calling = await callThrough(alice, bob)
    if ('problem' in calling) return trial.inconclusive(calling.problem)
    const { call } = calling
    const { toTag, ...bye } = {
      ...overheard(trial, attacker, within(call.caller, 'BYE')),
      contact: false as const,
    }
    const tries = [
      bye,
      { ...bye, toTag: token() },
      { ...bye, ...(toTag === undefined ? {} : { toTag }), fromTag: token() },
      { ...bye, fromTag: token(), toTag: token() },
      { ...bye, fromTag: token(), toTag: token(), uri: bob.aor, routes: [] },
    ]
    const asked = tries.map(each => attacker.ask(each, trial.silenceMs))
    const heard = await bob.request('BYE', trial.silenceMs)
    await Promise.all(asked)
    const byes = bob.line.heard.filter(({ method }) => method === 'BYE')
    const reached = new Set(byes.map(({ text }) => text)).size
    const counts = { tried: tries.length, reached }
    if (heard !== undefined)
      return trial.succeeded(
        `${reached} of ${tries.length} BYEs without the tags of the call reached its callee`,
        counts,
      )
    if (!(await hangUp(call))) return trial.inconclusive('the call did not go on afterwards', counts)
    return trial.resisted(
      `none of ${tries.length} BYEs without the tags of the call reached its callee`,
      counts,
    )
  },
})

import { attack } from '../attack.ts'
import { askedForProof, registering } from '../proof.ts'

const STRANGERS = 4

/** A nonce that everybody gets proves nothing about when or for whom an answer was made. */
export const sharedNonces = attack({
  id: 'shared-nonces',
  entry: 'C09',
  title: 'finds that different requests get the same nonce',
  threats: ['replay', 'digest-man-in-the-middle'],
  clause: 'Table 1, row 3; §3.3, man in the middle',
  references: ['RFC 7616 §3.3', 'RFC 7616 §5.4'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 30,
  needs: ['account'],
  expected: 'Each challenge has a nonce of its own.',
  mending: {
    aspis: 'On by default: each nonce carries time, chance and the source.',
    kamailio:
      'Set `nonce_count` or `one_time_nonce` of the auth module to 1: nonces then differ within a second too.',
    opensips: 'Leave `disable_nonce_check` of the auth module at 0: each nonce has an index of its own then.',
    asterisk: 'PJSIP makes a nonce of time and request: find what answers in its place.',
  },
  async run(trial) {
    const nonces: string[] = []
    const alice = trial.target.accounts[0]?.user ?? ''
    for (let at = 0; at < STRANGERS; at++) {
      const stranger = await trial.stranger()
      const aor = `sip:${alice}@${trial.target.domain}`
      const asked = () => askedForProof(stranger, { ...registering(stranger), from: aor, to: aor })
      nonces.push((await asked()).challenge.nonce, (await asked()).challenge.nonce)
    }
    const counts = { challenges: nonces.length, nonces: new Set(nonces).size }
    const found = `${counts.challenges} challenges from ${STRANGERS} sockets brought ${counts.nonces} different nonces`
    return counts.nonces < counts.challenges ? trial.succeeded(found, counts) : trial.resisted(found, counts)
  },
})

import { attack } from '../attack.ts'
import { forgeResponses } from '../forged-response.ts'
import { sdp } from '../saying.ts'
import { MENDING_OF_FORGED_RESPONSES } from '../shared-mending.ts'

/** 200 for somebody else's call, by one who saw the branch but does not sit where the INVITE went. */
export const forgedAcceptance = attack({
  id: 'forged-acceptance',
  entry: 'E05',
  title: "takes somebody else's call with a forged 200 that carries the right branch",
  threats: ['spoofing', 'spoofed-in-dialog-request'],
  clause: 'Table 1, row 4; §3.1, hijacking',
  references: ['RFC 3261 §17.1.3', 'RFC 3261 §26.1.2'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 40,
  needs: ['two-accounts', 'addresses'],
  expected: 'A response is taken only from where the request went.',
  mending: MENDING_OF_FORGED_RESPONSES,
  run: trial =>
    forgeResponses(trial, 'forged acceptances', [{ status: 200, more: { body: sdp('192.0.2.99', 46_000) } }]),
})

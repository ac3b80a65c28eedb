import { readStirCertificate } from '../../mechanisms/identity/stir-certificate.ts'
import type { Saying } from '../saying.ts'
import { badToken, type SignedGround, STIR_MENDING } from '../signed-call.ts'

/** Who may speak for one number speaks for others. */
export const certificateOfAnotherNumber = badToken({
  id: 'certificate-of-another-number',
  entry: 'D05',
  title: 'calls as a number that the certificate of the signer does not cover',
  clause: '§3.3, a proxy between cannot be sure of the user; Table 1, row 4',
  references: ['RFC 8226 §9', 'RFC 8224 §6.2.2'],
  severity: 'critical',
  expected: 'A signer whose certificate does not list the number of the caller is 437 or 438.',
  mending: {
    ...STIR_MENDING,
    kamailio:
      'stirshaken compares no number with the certificate: put into `vs_ca_dir` only authorities that vet their signers, and believe no others.',
    opensips:
      'stir_shaken compares no number with the certificate: put into `ca_list` only authorities that vet their signers, and believe no others.',
    asterisk:
      'Asterisk compares no number with the certificate: put into `ca_file` only authorities that vet their signers, and believe no others.',
  },
  unfit: ({ certificate }) => {
    const read = readStirCertificate(certificate)
    const isOfProvider = read.ok && read.value.numbers?.some(({ kind }) => kind === 'spc') === true
    return isOfProvider ? 'the certificate speaks for all numbers of a provider' : undefined
  },
  calls: {
    'a number beside': ground => as(ground, beside(ground.neighbour.number)),
    'a digit more': ground => as(ground, `${ground.neighbour.number}0`),
    'a digit less': ground => as(ground, ground.neighbour.number.slice(0, -1)),
  },
})

function beside(number: string): string {
  return number.slice(0, -1) + (number.endsWith('1') ? '2' : '1')
}

function as(ground: SignedGround, number: string): Saying {
  const { neighbour, trial } = ground
  const from = `sip:+${number}@${neighbour.domain ?? trial.target.domain}`
  return ground.invite([ground.token({ orig: { tn: number } })], { from })
}

import { dialPrefixes } from '../../src/audit/attacks/dial-prefixes.ts'
import { disguisedOptionsScan } from '../../src/audit/attacks/disguised-options-scan.ts'
import { disguisedScan } from '../../src/audit/attacks/disguised-scan.ts'
import { divertedToPremium } from '../../src/audit/attacks/diverted-to-premium.ts'
import { isupBody } from '../../src/audit/attacks/isup-body.ts'
import { optionsScan } from '../../src/audit/attacks/options-scan.ts'
import { passwordScan } from '../../src/audit/attacks/password-scan.ts'
import { premiumCall } from '../../src/audit/attacks/premium-call.ts'
import { scannedExtensions } from '../../src/audit/attacks/scanned-extensions.ts'
import { spamMessages } from '../../src/audit/attacks/spam-messages.ts'
import { stolenAccount } from '../../src/audit/attacks/stolen-account.ts'
import { usualPasswords } from '../../src/audit/attacks/usual-passwords.ts'
import { proveAttacks } from '../support/audit-family.ts'

/** Of the premium numbers that are kept for plays and films; and a way out for the numbers that may be called. */
proveAttacks(
  'scans and fraud',
  [
    premiumCall,
    usualPasswords,
    optionsScan,
    scannedExtensions,
    passwordScan,
    disguisedOptionsScan,
    disguisedScan,
    dialPrefixes,
    stolenAccount,
    spamMessages,
    divertedToPremium,
    isupBody,
  ],
  {
    given: { premiumNumber: '+449098790123' },
    lines: [
      'trunks: [{ name: gateway, uri: "sip:127.0.0.1:9", addresses: [127.0.0.9] }]',
      'insecure: [{ allow: trunk-without-tls, trunk: gateway, because: nothing is behind it in this test }]',
      'policy:',
      '  numbers: { country: 44 }',
      '  classes: [{ name: national, numbers: ["+442*"] }, { name: premium, numbers: ["+449*"] }]',
      'rules: [{ name: national, from: own-users, to: class:national, via: gateway, allow: true }]',
    ],
  },
)

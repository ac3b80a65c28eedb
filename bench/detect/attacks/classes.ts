import { DIALOGS } from './dialogs.ts'
import type { AttackClass } from './field.ts'
import { FLOODS } from './floods.ts'
import { FRAUD } from './fraud.ts'
import { GUESSES_OF_ALL_KINDS } from './guessing.ts'
import { INJECTION } from './injection.ts'
import { PARSING } from './parsing.ts'
import { SCANS } from './scans.ts'

/** Every way to attack that is performed, by id. */
export const CLASSES: readonly AttackClass[] = [
  ...PARSING,
  ...INJECTION,
  ...GUESSES_OF_ALL_KINDS,
  ...DIALOGS,
  ...FLOODS,
  ...SCANS,
  ...FRAUD,
].toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))

export { type PolicyFault, policyFaults } from './faults.ts'
export { type Explained, type Miss, Policy, type PolicyQuestion, type Step } from './judge.ts'
export { canonicalPrefix, type NumberPlan } from './number.ts'
export * from './policy.ts'
export {
  type CountedCall,
  type Full,
  isBounded,
  type Moment,
  type Spent,
  Tally,
  type TallyRules,
} from './tally.ts'
export { DAYS, type DayName, LocalTime, type PolicyTime } from './times.ts'

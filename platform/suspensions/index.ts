export { followSuspensions, type SuspensionsParts } from './follow-suspensions.ts';
export { isHeld, notHeldSql } from './suspended-users.ts';

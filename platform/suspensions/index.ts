export { followSuspensions, type SuspensionsParts } from './follow-suspensions.ts';
export { heldSinceSql, isHeld, notHeldSql } from './suspended-users.ts';

export { endSuspendedWork, SUSPENDED_REASON, type SuspendedWorkParts } from './end-suspended-work.ts';
export { followSuspensions, type SuspensionsParts } from './follow-suspensions.ts';
export { heldSinceSql, isHeld, notHeldSql } from './suspended-users.ts';

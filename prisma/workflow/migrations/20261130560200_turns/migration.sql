-- Executions that have not begun take turns, starter by starter.
ALTER TABLE "workflow_executions" ADD COLUMN "turn" INTEGER;
CREATE INDEX "workflow_executions_turns_idx" ON "workflow_executions"("started_by_id", "turn")
    WHERE status = 'PENDING' AND turn IS NOT NULL;
CREATE INDEX "workflow_executions_first_turn_idx" ON "workflow_executions"("turn")
    WHERE status = 'PENDING' AND turn IS NOT NULL;

-- Null where there is no result, and for results of before: those are read with their rows as they always were.
ALTER TABLE "workflow_step_executions" ADD COLUMN "result_bytes" INTEGER;
ALTER TABLE "workflow_executions" ADD COLUMN "result_bytes" INTEGER;

-- Tasks that other agents do for executions: found again by their id, cancelled when the execution has ended.
CREATE TABLE "agent_remote_tasks" (
    "execution_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL DEFAULT 1,
    "task_id" TEXT,
    "cancel_attempts" INTEGER NOT NULL DEFAULT 0,
    "begun_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "agent_remote_tasks_pkey" PRIMARY KEY ("execution_id")
);

CREATE INDEX "agent_remote_tasks_open_idx" ON "agent_remote_tasks"("begun_at") WHERE (ended_at IS NULL);

ALTER TABLE "agent_remote_tasks" ADD CONSTRAINT "agent_remote_tasks_execution_id_fkey" FOREIGN KEY ("execution_id") REFERENCES "agent_executions"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Which notifications steps have sent.
CREATE TABLE "workflow_step_notifications" (
    "execution_id" TEXT NOT NULL,
    "step_id" TEXT NOT NULL,
    "notification_id" TEXT NOT NULL,
    "sent_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "workflow_step_notifications_pkey" PRIMARY KEY ("execution_id","notification_id")
);

CREATE INDEX "workflow_step_notifications_execution_id_step_id_sent_at_idx" ON "workflow_step_notifications"("execution_id", "step_id", "sent_at");

ALTER TABLE "workflow_step_notifications" ADD CONSTRAINT "workflow_step_notifications_execution_id_fkey" FOREIGN KEY ("execution_id") REFERENCES "workflow_executions"("id") ON DELETE CASCADE ON UPDATE CASCADE;

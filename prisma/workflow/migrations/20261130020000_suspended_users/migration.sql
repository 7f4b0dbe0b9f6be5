-- Users and service accounts who are suspended: work of theirs waits.
CREATE TABLE "suspended_users" (
    "user_id" TEXT NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "suspended_users_pkey" PRIMARY KEY ("user_id")
);

-- Since when an execution is paused because who started it is suspended.
ALTER TABLE "workflow_executions" ADD COLUMN "held_since" TIMESTAMPTZ(3);

-- Users and service accounts who are suspended: work of theirs waits.
CREATE TABLE "suspended_users" (
    "user_id" TEXT NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "suspended_users_pkey" PRIMARY KEY ("user_id")
);

-- When people were last told of attempts that may not be theirs, so that a flood of attempts is no flood of mails.
CREATE TABLE "account_alerts" (
  "user_id" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  "told_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "account_alerts_pkey" PRIMARY KEY ("user_id", "kind"),
  CONSTRAINT "account_alerts_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE
);

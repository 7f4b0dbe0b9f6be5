-- The inbox within the product. Items outlive their notifications, which are removed after a time.
CREATE TABLE "inbox_items" (
    "notification_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "category" TEXT,
    "subject" TEXT,
    "content" TEXT NOT NULL,
    "html_content" TEXT,
    "metadata" JSONB NOT NULL DEFAULT '{}',
    "priority" "notification_priority" NOT NULL DEFAULT 'NORMAL',
    "read_at" TIMESTAMPTZ(3),
    "archived_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "inbox_items_pkey" PRIMARY KEY ("notification_id")
);

CREATE INDEX "inbox_items_user_id_created_at_notification_id_idx" ON "inbox_items"("user_id", "created_at", "notification_id");
CREATE INDEX "inbox_items_user_id_category_created_at_idx" ON "inbox_items"("user_id", "category", "created_at");
CREATE INDEX "inbox_items_unread_idx" ON "inbox_items"("user_id", "category") WHERE (read_at IS NULL AND archived_at IS NULL);

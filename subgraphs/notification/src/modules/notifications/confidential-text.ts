import type { SecretBox } from '@flowmesh/platform/secrets';
import type { NotificationRecord } from './notification-record.ts';
import type { NewNotification } from './notification-store.ts';

/** What a notification says. */
type Text = Pick<NotificationRecord, 'content' | 'htmlContent'>;

/** Keeps the text of confidential notifications from everybody but the worker that sends them. */
export class ConfidentialText {
  constructor(private readonly box: SecretBox) {}

  /** As it is stored: a confidential one without a readable text. Others stay as they are. */
  seal(notification: NewNotification): NewNotification {
    const { id, isConfidential, content, htmlContent } = notification;
    if (!isConfidential) return notification;
    const sealedContent = this.box.seal(JSON.stringify({ content, htmlContent }), contextOf(id));
    return { ...notification, content: '', htmlContent: null, sealedContent };
  }

  /** Throws when the key is not the one it was sealed with. */
  open(notification: NotificationRecord, sealedContent: string | null): Text {
    if (sealedContent === null) return notification;
    return JSON.parse(this.box.open(sealedContent, contextOf(notification.id))) as Text;
  }
}

const contextOf = (id: string) => `notification:${id}`;

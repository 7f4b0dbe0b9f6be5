import type { MailContent } from '../../mails/index.ts';

/**
 * Mails about accounts. Links lead only to the product itself, and mails contain no text that a stranger has entered.
 */
export class AccountMails {
  constructor(
    /** The address at which users reach the product, without a trailing slash. */
    private readonly publicUrl: string,
  ) {}

  /** To an address that was just registered. */
  welcome(token: string, username: string): MailContent {
    return {
      subject: 'Confirm your e-mail address',
      paragraphs: [
        'Somebody, we hope you, has registered at Flowmesh with this e-mail address.',
        `Confirm that it is yours, then you can sign in. The user name is ${username}.`,
      ],
      link: { label: 'Confirm this e-mail address', url: this.link('verify-email', token) },
      notes: [`The link is good for a day. ${NOT_YOU}`],
    };
  }

  /** To an address that a user wants to use, or has not confirmed yet. */
  verification(token: string): MailContent {
    return {
      subject: 'Confirm your e-mail address',
      paragraphs: ['Somebody, we hope you, uses this e-mail address at Flowmesh. Confirm that it is yours.'],
      link: { label: 'Confirm this e-mail address', url: this.link('verify-email', token) },
      notes: [`The link is good for a day. ${NOT_YOU}`],
    };
  }

  /** To the owner of an address that somebody has tried to use for another account. */
  alreadyUsed(): MailContent {
    return {
      subject: 'Your e-mail address was used again',
      paragraphs: [
        'Somebody has tried to use this e-mail address for an account at Flowmesh. It belongs to your account already, so nothing was changed.',
        'If that was you: sign in, or ask for a new password if you have forgotten yours.',
      ],
      notes: ['If it was not you, there is nothing to do.'],
    };
  }

  /** To an address that was registered before and never confirmed: whoever reads this chooses the password. */
  registeredAgain(token: string): MailContent {
    return {
      subject: 'Finish your registration',
      paragraphs: [
        'Somebody, we hope you, has registered at Flowmesh with this e-mail address, not for the first time.',
        'Choose a password to finish. It replaces the one that was chosen when the address was registered first.',
      ],
      link: { label: 'Choose a password', url: this.link('reset-password', token) },
      notes: [`The link is good for an hour. ${NOT_YOU}`],
    };
  }

  /** To somebody for whom an administrator has made an account. */
  invitation(token: string): MailContent {
    return {
      subject: 'Your account at Flowmesh',
      paragraphs: [
        'An administrator has made an account for you at Flowmesh, with this e-mail address. Choose a password, then you can sign in.',
      ],
      link: { label: 'Choose a password', url: this.link('reset-password', token) },
      notes: ['The link is good for a day. When it is over, ask for a new password with this e-mail address.'],
    };
  }

  /** To somebody whose address others supplied, before they get more rights. */
  addressVouchedFor(token: string): MailContent {
    return {
      subject: 'Your e-mail address was confirmed by an administrator',
      paragraphs: [
        'You may do more at Flowmesh now. Because this e-mail address was given by somebody else, an administrator has confirmed that it is yours: the password of before is void, and all sessions have ended.',
        'Choose a new password, then you can sign in.',
      ],
      link: { label: 'Choose a new password', url: this.link('reset-password', token) },
      notes: ['The link is good for a day. When it is over, ask for a new password with this e-mail address.'],
    };
  }

  passwordReset(token: string): MailContent {
    return {
      subject: 'Choose a new password',
      paragraphs: ['Somebody, we hope you, has asked for a new password for your account at Flowmesh.'],
      link: { label: 'Choose a new password', url: this.link('reset-password', token) },
      notes: [`The link is good for an hour. ${NOT_YOU}`],
    };
  }

  /** To the owner of an account that was just linked with an Auth0 account. */
  auth0Linked(): MailContent {
    return {
      subject: 'You can sign in with Auth0',
      paragraphs: [
        'Somebody, we hope you, has signed in to your account at Flowmesh with Auth0, where this e-mail address is confirmed.',
        'If that was not you, look after your account at Auth0 at once, and tell your administrator.',
      ],
    };
  }

  auth0Unlinked(): MailContent {
    return {
      subject: 'You sign in without Auth0 now',
      paragraphs: [
        'The account of Auth0 was taken away from your account at Flowmesh: the password signs in.',
        'If that was not you, change your password at once, and tell your administrator.',
      ],
    };
  }

  /** After a sign-in from a new device or address. Null if unknown. */
  newSignIn(device: string | null, address: string | null): MailContent {
    const from = [device, address === null ? null : `from the address ${address}`].filter(Boolean).join(', ');
    return {
      subject: 'New sign-in to your account',
      paragraphs: [
        `Somebody, we hope you, has signed in to your account at Flowmesh from where you have not been seen lately${from === '' ? '' : `: ${from}`}.`,
        'If that was not you, change your password at once, which ends all other sessions, and tell your administrator.',
      ],
    };
  }

  guessedAt(): MailContent {
    return {
      subject: 'Somebody tries to sign in to your account',
      paragraphs: [
        'So many wrong passwords were given for your account at Flowmesh that no more are taken for a while.',
        'If that was not you, there is nothing to do as long as your password is a good one that you use nowhere else. A second factor keeps out whoever finds it.',
      ],
    };
  }

  passwordKnown(): MailContent {
    return {
      subject: 'Somebody knows your password',
      paragraphs: [
        'Your password at Flowmesh was given, and then so many wrong codes of the second factor that no more are taken for a while.',
        'If that was not you, change your password at once, and tell your administrator.',
      ],
    };
  }

  mfaEnabled(): MailContent {
    return {
      subject: 'Two-step sign-in is on',
      paragraphs: [
        'From now on signing in to your account at Flowmesh takes a code of your authenticator.',
        MFA_NOT_YOU,
      ],
    };
  }

  mfaDisabled(): MailContent {
    return {
      subject: 'Two-step sign-in is off',
      paragraphs: [
        'The second factor of your account at Flowmesh was removed: the password alone signs in.',
        MFA_NOT_YOU,
      ],
    };
  }

  /** After a change by an administrator. */
  mfaReset(): MailContent {
    return {
      subject: 'Two-step sign-in was reset',
      paragraphs: [
        'An administrator has removed the second factor of your account at Flowmesh, and ended its sessions. Set up another one when you have signed in.',
        'If you have not asked for that, tell your administrator at once.',
      ],
    };
  }

  backupCodesReplaced(): MailContent {
    return {
      subject: 'New backup codes',
      paragraphs: ['New backup codes were made for your account at Flowmesh; the earlier ones are void.', MFA_NOT_YOU],
    };
  }

  passwordChanged(): MailContent {
    return {
      subject: 'Your password was changed',
      paragraphs: [
        'The password of your account at Flowmesh was changed, and sessions that began before have ended.',
        'If that was not you, ask for a new password at once, and tell your administrator.',
      ],
    };
  }

  /** To the user's previous address. */
  emailChanged(): MailContent {
    return {
      subject: 'Your e-mail address was changed',
      paragraphs: [
        'Your account at Flowmesh has another e-mail address now. This is the last mail to this one.',
        'If that was not you, tell your administrator.',
      ],
    };
  }

  /** To the user's new address. */
  emailChangedToThis(): MailContent {
    return {
      subject: 'This is your e-mail address now',
      paragraphs: [
        'Your account at Flowmesh has this e-mail address from now on; mails about it come here.',
        'If you have no account at Flowmesh, tell its administrators.',
      ],
    };
  }

  /** To the user's current address, which stays until the new one is confirmed. */
  emailChangeRequested(): MailContent {
    return {
      subject: 'Your e-mail address is being changed',
      paragraphs: [
        'You, or an administrator, have asked for another e-mail address for your account at Flowmesh. It counts when it is confirmed.',
        'If you know nothing of it, change your password at once, and ask your administrator.',
      ],
    };
  }

  accountDeleted(): MailContent {
    return {
      subject: 'Your account was deleted',
      paragraphs: [
        'Your account at Flowmesh was deleted: your profile, your password, your API keys and your sessions. What you have made there stays with the administrators, without your name.',
      ],
    };
  }

  accountSuspended(): MailContent {
    return {
      subject: 'Your account was suspended',
      paragraphs: ['Your account at Flowmesh was suspended. You cannot sign in until an administrator lets you.'],
    };
  }

  accountReactivated(): MailContent {
    return {
      subject: 'You can sign in again',
      paragraphs: ['Your account at Flowmesh is not suspended any more.'],
    };
  }

  /** In the fragment, so that the token is sent to no server and appears in no log. */
  private link(page: 'verify-email' | 'reset-password', token: string): string {
    return `${this.publicUrl}/account/${page}#token=${token}`;
  }
}

const MFA_NOT_YOU = 'If that was not you, change your password at once, and tell your administrator.';
const NOT_YOU = 'If it was not you, do nothing: without the link nothing happens.';

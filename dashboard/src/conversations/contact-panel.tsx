import { useState, type ReactNode } from "react";

import type { Contact, Conversation } from "../api/conversation";
import { useChannels } from "../settings/queries";
import { useText } from "../text/language";
import { Badge } from "../ui/badge";
import { IconButton } from "../ui/button";
import { Failed, Skeleton } from "../ui/state";
import { ContactActions } from "./contact-actions";
import { useContact, useConversationsOf } from "./contact-queries";
import { useInbox } from "./filter";
import { mask } from "./mask";
import { useName } from "./name";

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="py-2">
      <dt className="text-muted text-sm">{name}</dt>
      <dd className="min-w-0 wrap-anywhere">{children}</dd>
    </div>
  );
}

/** Covered until it is asked for: it is personal, and screens are seen by others. */
function Covered({ text }: { text: string }) {
  const { t } = useText();
  const [shown, setShown] = useState(false);
  return (
    <span className="flex items-center justify-between gap-2">
      <bdi dir="ltr" className="min-w-0 font-mono text-sm break-all">
        {shown ? text : mask(text)}
      </bdi>
      <IconButton
        icon="eye"
        label={t("contact.reveal")}
        aria-pressed={shown}
        onClick={() => setShown(!shown)}
        className="size-8!"
      />
    </span>
  );
}

function Identities({ contact }: { contact: Contact }) {
  const { t } = useText();
  const channels = useChannels();
  const names = new Map(channels.rows.map(({ id, name }) => [id, name]));
  return contact.identities.map(({ channel_id, identity }) => (
    <Fact key={`${channel_id} ${identity}`} name={names.get(channel_id) ?? t("contact.formerChannel")}>
      <Covered text={identity} />
    </Fact>
  ));
}

function languageName(code: string, reader: string): string {
  try {
    return new Intl.DisplayNames(reader, { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}

/** Their other conversations. */
function Others({ conversation }: { conversation: Conversation }) {
  const { t, format } = useText();
  const inbox = useInbox();
  const others = useConversationsOf(conversation.contact.id);
  const rows = others.rows.filter(({ id }) => id !== conversation.id).slice(0, 5);
  if (rows.length === 0) return null;
  return (
    <section className="mt-6">
      <h4 className="mb-1 font-semibold">{t("contact.others")}</h4>
      <ul className="divide-line divide-y">
        {rows.map((other) => (
          <li key={other.id}>
            <button
              type="button"
              onClick={() => inbox.show(other.id)}
              className="hover:bg-raised w-full rounded-lg px-2 py-1.5 text-start"
            >
              <span className="text-muted flex justify-between gap-2 text-sm">
                {t(`inbox.status.${other.status}`)}
                <span className="tabular-nums">{format.ago(other.last_message_at)}</span>
              </span>
              <bdi className="block truncate">{other.last_text ?? t("inbox.noWords")}</bdi>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

interface ContactPanelProps {
  conversation: Conversation;
  onErased: () => void;
}

/** Who the customer is, as far as they have told. */
export function ContactPanel({ conversation, onErased }: ContactPanelProps) {
  const { t, language, format } = useText();
  const contact = useContact(conversation.contact.id);
  const name = useName(contact.data?.name ?? conversation.contact.name);
  if (contact.isPending) return <Skeleton rows={4} className="h-10" />;
  if (!contact.data) return <Failed error={contact.error} onRetry={() => void contact.refetch()} />;
  const { phone, opted_out_at, marketing_opted_out_at } = contact.data;
  return (
    <>
      <h3 className="flex flex-wrap items-center gap-2 text-lg font-semibold">
        <bdi className="min-w-0 wrap-anywhere">{name}</bdi>
        {opted_out_at !== null && <Badge tone="bad">{t("contact.optedOut")}</Badge>}
        {opted_out_at === null && marketing_opted_out_at !== null && (
          <Badge tone="warn">{t("contact.noMarketing")}</Badge>
        )}
      </h3>
      <dl className="divide-line mt-2 divide-y">
        {phone !== null && (
          <Fact name={t("contact.phone")}>
            <Covered text={phone} />
          </Fact>
        )}
        <Identities contact={contact.data} />
        <Fact name={t("contact.language")}>
          {contact.data.language === null ? t("common.none") : languageName(contact.data.language, language)}
        </Fact>
        <Fact name={t("contact.firstSeen")}>{format.time(contact.data.created_at)}</Fact>
        <Fact name={t("contact.lastSeen")}>{format.ago(contact.data.last_seen_at)}</Fact>
        {opted_out_at !== null && <Fact name={t("contact.optedOutAt")}>{format.time(opted_out_at)}</Fact>}
        {marketing_opted_out_at !== null && (
          <Fact name={t("contact.noMarketingSince")}>{format.time(marketing_opted_out_at)}</Fact>
        )}
      </dl>
      <ContactActions contact={contact.data} name={name} onErased={onErased} />
      <Others conversation={conversation} />
    </>
  );
}

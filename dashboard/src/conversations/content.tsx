import type { Content } from "../api/conversation";
import { useText } from "../text/language";
import { Icon } from "../ui/icon";
import { Attachment } from "./attachment";

function Words({ text }: { text: string }) {
  return (
    <p dir="auto" className="wrap-break-word whitespace-pre-wrap">
      {text}
    </p>
  );
}

/** Says what it is where the words alone don't. */
function Aside({ children }: { children: string }) {
  return <p className="text-muted text-sm italic">{children}</p>;
}

/** What may be chosen. */
export function Options({ titles }: { titles: readonly string[] }) {
  return (
    <ul className="mt-2 flex flex-wrap gap-1.5">
      {titles.map((title) => (
        <li key={title} className="border-edge rounded-lg border px-2.5 py-0.5 text-sm">
          <bdi>{title}</bdi>
        </li>
      ))}
    </ul>
  );
}

function Place({ at }: { at: Extract<Content, { type: "location" }> }) {
  const { t } = useText();
  const { latitude, longitude, name, address } = at;
  return (
    <a
      href={`https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`}
      target="_blank"
      rel="noreferrer"
      className="text-accent flex items-start gap-2 underline"
    >
      <Icon name="pin" className="mt-1 size-4.5" />
      <bdi>{[name, address].filter(Boolean).join(", ") || t("message.place")}</bdi>
    </a>
  );
}

interface ContentViewProps {
  content: Content;
  /** Whose it is: files are fetched by it. */
  message: string;
}

/** What is in a message, for each kind that there is. */
export function ContentView({ content, message }: ContentViewProps) {
  const { t } = useText();
  switch (content.type) {
    case "text":
      return <Words text={content.text} />;
    case "media":
      return (
        <>
          <Attachment media={content} message={message} />
          {content.caption && <Words text={content.caption} />}
        </>
      );
    case "location":
      return <Place at={content} />;
    case "contacts":
      return content.cards.map((card, index) => (
        <p key={index}>
          <bdi className="font-medium">{card.name}</bdi> <bdi dir="ltr">{card.phones.join(", ")}</bdi>
        </p>
      ));
    case "reaction":
      return <Aside>{content.emoji ? t("message.reacted", { emoji: content.emoji }) : t("message.unreacted")}</Aside>;
    case "choice":
      return (
        <>
          <Aside>{t("message.chose")}</Aside>
          <Words text={content.title} />
        </>
      );
    case "story":
      return (
        <>
          <Aside>{t("message.story")}</Aside>
          {content.text !== "" && <Words text={content.text} />}
        </>
      );
    case "template":
      return (
        <>
          <Aside>{t("message.template", { name: content.name })}</Aside>
          {content.parameters.length > 0 && <Words text={content.parameters.join(" · ")} />}
        </>
      );
    case "interactive":
      return (
        <>
          <Words text={content.text} />
          <Options titles={content.options.map(({ title }) => title)} />
        </>
      );
    case "unsupported":
      return (
        <Aside>
          {content.name === "withdrawn" ? t("message.withdrawn") : t("message.unsupported", { name: content.name })}
        </Aside>
      );
  }
}

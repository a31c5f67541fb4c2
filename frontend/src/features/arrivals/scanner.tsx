import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, Field } from "../../ui/basics";

/** What a square says, where the browser can read squares. */
interface Detector {
  detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>;
}
type Detectors = new (options: { formats: string[] }) => Detector;
const Squares = (window as { BarcodeDetector?: Detectors }).BarcodeDetector;
const EVERY = 300;

/** A pass is signed and has a dot in it; anything else is a code read aloud. */
export const shown = (text: string): { qr: string } | { code: string } => (text.includes(".") ? { qr: text.trim() } : { code: text.trim() });

/** A field for a code (or for a reader that types), and the camera where there is one. */
export function Scanner({ onRead, busy, why }: { onRead: (text: string) => void; busy: boolean; why?: string | undefined }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [filming, film] = useState(false);
  const submit = () => {
    if (!text.trim() || busy || why) return;
    onRead(text);
    setText("");
  };
  return (
    <form
      className="scanner"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Field label={t("arrivals.code")} hint={Squares ? t("arrivals.hint") : t("arrivals.hintTyped")}>
        {(id, note) => <input id={id} aria-describedby={note} value={text} onChange={(e) => setText(e.target.value)} autoComplete="off" autoCapitalize="characters" spellCheck={false} maxLength={200} />}
      </Field>
      <Button tone="main" busy={busy} why={why} onClick={submit}>
        {t("arrivals.enter")}
      </Button>
      {Squares ? <Button onClick={() => film(!filming)}>{t(filming ? "arrivals.stop" : "arrivals.scan")}</Button> : null}
      {Squares && filming ? <Camera squares={Squares} onRead={onRead} /> : null}
    </form>
  );
}

function Camera({ squares, onRead }: { squares: Detectors; onRead: (text: string) => void }) {
  const { t } = useTranslation();
  const video = useRef<HTMLVideoElement>(null);
  const last = useRef("");
  const tell = useRef(onRead);
  const [denied, deny] = useState(false);
  useEffect(() => {
    tell.current = onRead;
  }, [onRead]);
  useEffect(() => {
    let stream: MediaStream | undefined;
    let over = false;
    const detector = new squares({ formats: ["qr_code"] });
    const timer = setInterval(() => {
      const seen = video.current;
      if (!seen || seen.readyState < 2) return;
      void detector.detect(seen).then((found) => {
        const text = found[0]?.rawValue;
        // The same square stays before the camera for a while; it is read once.
        if (text && text !== last.current) tell.current(text);
        if (text) last.current = text;
      });
    }, EVERY);
    navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }).then(
      (opened) => {
        stream = opened;
        if (over || !video.current) for (const track of opened.getTracks()) track.stop();
        else video.current.srcObject = opened;
      },
      () => deny(true),
    );
    return () => {
      over = true;
      clearInterval(timer);
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
  }, [squares]);
  return denied ? <p role="alert">{t("arrivals.noCamera")}</p> : <video ref={video} autoPlay muted playsInline aria-label={t("arrivals.scan")} />;
}

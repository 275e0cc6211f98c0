// The door. A refusal is told in general words: whether the name exists is nobody's business.
import {useEffect, useState} from "preact/hooks";
import {ApiError} from "../api/client.ts";
import {login} from "../state/session.ts";
import {Hare, Icon} from "../ui/icon.tsx";

export function LoginPage() {
    const [fault, setFault] = useState("");
    const [busy, setBusy] = useState(false);
    const [shown, setShown] = useState(false);
    useEffect(() => {
        document.title = "Log in · Leveret";
    }, []);
    async function submit(event: SubmitEvent) {
        event.preventDefault();
        const form = new FormData(event.target as HTMLFormElement);
        setBusy(true);
        setFault("");
        try {
            await login(String(form.get("username")), String(form.get("password")));
        } catch (error) {
            setFault(refusal(error));
            setBusy(false);
        }
    }
    return (
        <div class="login">
            <aside class="hill">
                <svg
                    class="scene"
                    viewBox="0 0 800 900"
                    preserveAspectRatio="xMidYMid slice"
                    aria-hidden="true"
                >
                    <circle class="moon" cx="560" cy="330" r="190" />
                    <path
                        class="far"
                        d="M-40 700C140 600 330 590 480 640S760 700 860 640V920H-40Z"
                    />
                    <path class="leap" d="M-30 742C50 520 190 520 262 704" />
                    <path class="leap" d="M262 704C345 325 565 325 655 738" />
                    <path
                        class="near"
                        d="M-40 780C160 690 420 680 560 720S780 770 860 730V920H-40Z"
                    />
                    <Hare class="run" x={345} y={285} width={230} height={230} />
                </svg>
                <div class="brand">
                    <Hare class="mark" />
                    Leveret
                </div>
                <p>A small, fast message broker that tells you why.</p>
            </aside>
            <main class="door">
                <form onSubmit={submit}>
                    <h1>Log in to {location.hostname}</h1>
                    {fault ? (
                        <p class="fault" role="alert">
                            <Icon name="warn" />
                            <span>{fault}</span>
                        </p>
                    ) : null}
                    <div class="field">
                        <label for="username">Name</label>
                        <input
                            class="input"
                            id="username"
                            name="username"
                            autocomplete="username"
                            required
                            autofocus
                        />
                    </div>
                    <div class="field">
                        <label for="password">Password</label>
                        <div class="pass">
                            <input
                                class="input"
                                id="password"
                                name="password"
                                {...(shown ? {type: "text" as const} : {type: "password" as const})}
                                autocomplete="current-password"
                                required
                            />
                            <button
                                class="btn ghost s"
                                type="button"
                                aria-pressed={shown}
                                onClick={() => setShown(!shown)}
                            >
                                {shown ? "Hide" : "Show"}
                            </button>
                        </div>
                    </div>
                    <button class="btn primary" aria-disabled={busy}>
                        {busy ? "Checking…" : "Log in"}
                    </button>
                    <p class="hint">
                        A session ends after a while without use. Who lost a password asks an
                        administrator.
                    </p>
                </form>
            </main>
        </div>
    );
}

function refusal(error: unknown): string {
    if (!(error instanceof ApiError)) return "The broker does not answer. Nothing was sent on.";
    if (error.reason === "User can only log in via localhost") {
        return "This user works only from the machine itself: open the console as http://localhost there.";
    }
    if (error.reason === "Not management user") {
        return "The password is right, but the user has no tag that opens the console. An administrator can add one.";
    }
    if (error.status === 401)
        return "That name and password do not go together. guest works only from the machine itself.";
    if (error.status === 503) return "Many log in at the moment. Try again in a second.";
    return error.message;
}

use serde_json::{Value, json};
use skillgate_app::json::diff::Difference as Place;
use skillgate_app::replay::{Difference, Replayed};

/// What came of a replay.
pub fn replay(replayed: &Replayed) -> Value {
    let run = &replayed.run;
    json!({
        "invocation": run.invocation.to_string(),
        "at": super::time(run.at),
        "skill": run.skill.as_str(),
        "tool": run.tool.as_str(),
        "recorded_component": run.component.to_string(),
        "component": replayed.component.to_string(),
        "same": replayed.is_same(),
        "ends_after": replayed.ends_after,
        "differences": replayed.differences.iter().map(difference).collect::<Value>(),
        "left_out": replayed.left_out,
    })
}

fn difference(difference: &Difference) -> Value {
    use Difference as D;
    let parts = match difference {
        D::Call {
            number,
            recorded,
            now,
        }
        | D::Log {
            line: number,
            recorded,
            now,
        } => json!({ "number": number, "recorded": recorded, "now": now }),
        D::Request {
            number,
            call,
            place,
        } => {
            let mut parts = from_to(place);
            parts["number"] = json!(number);
            parts["call"] = json!(call);
            parts
        }
        D::Unanswered { number, now } => json!({ "number": number, "now": now }),
        D::Clock { recorded, now } => json!({ "recorded": recorded, "now": now }),
        D::Setting(key) => json!({ "key": key.as_str() }),
        D::Output(place) => from_to(place),
        D::Ended { recorded, now } => json!({ "recorded": recorded, "now": now }),
    };
    let mut view = json!({ "what": difference.what(), "words": difference.to_string() });
    for (name, part) in parts.as_object().into_iter().flatten() {
        view[name] = part.clone();
    }
    view
}

fn from_to(place: &Place) -> Value {
    json!({ "path": place.path, "recorded": place.before, "now": place.after })
}

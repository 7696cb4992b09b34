#pragma once

#include <QJsonObject>

namespace app::windows {

/// A pane whose look belongs to a session: what is chosen and unfolded, not what is shown. Plain JSON; keys that are
/// missing, unknown or of another type are ignored, for the file may come from anywhere.
class HasViewState {
public:
    virtual ~HasViewState() = default;
    virtual QJsonObject viewState() const = 0;
    virtual void setViewState(const QJsonObject& state) = 0;
};

} // namespace app::windows

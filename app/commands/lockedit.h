#pragma once

#include <QUndoCommand> // first: moc 6.4 fails on a file that begins with <compare>

#include <analysis/search.h>

#include <functional>
#include <vector>

namespace app::commands {

/// One step of locking blocks against the search, or of unlocking them.
class LockEdit : public QUndoCommand {
public:
    using Locks = std::vector<analysis::Lock>;
    using Apply = std::function<void(const Locks&)>;

    LockEdit(const QString& text, Locks before, Locks after, Apply apply)
        : QUndoCommand(text), m_before(std::move(before)), m_after(std::move(after)), m_apply(std::move(apply)) {}

    void undo() override { m_apply(m_before); }
    void redo() override { m_apply(m_after); }

private:
    Locks m_before;
    Locks m_after;
    Apply m_apply;
};

} // namespace app::commands

#include <widgets/viewlink.h>

namespace widgets {

ViewLink::ViewLink(QObject* parent) : QObject(parent) {
}

void ViewLink::set(const View& view) {
    if (view == m_view) return;
    m_view = view;
    Q_EMIT changed();
}

void ViewLink::reset() {
    Q_EMIT wasReset();
    set({});
}

} // namespace widgets

#include <app/windows/docklayout.h>

#include <QScreen>

#include <algorithm>

namespace app::windows {

namespace {

constexpr int kVersion = 3; ///< of saved places; raise it when docks change

} // namespace

QDockWidget* DockLayout::add(const QString& id, const QString& title, QWidget* content, Qt::DockWidgetArea area) {
    auto* dock = new QDockWidget(title, &m_window);
    dock->setObjectName(id);
    dock->setWidget(content);
    m_window.addDockWidget(area, dock);
    m_docks << dock;
    return dock;
}

QDockWidget* DockLayout::find(const QString& id) const {
    const auto found = std::find_if(m_docks.begin(), m_docks.end(),
                                    [&id](const QDockWidget* dock) { return dock->objectName() == id; });
    return found == m_docks.end() ? nullptr : *found;
}

QDockWidget* DockLayout::place(const char* id, Qt::DockWidgetArea area, bool isVisible) {
    QDockWidget* dock = find(QLatin1String(id));
    dock->setFloating(false);
    m_window.addDockWidget(area, dock);
    dock->setVisible(isVisible);
    return dock;
}

void DockLayout::arrange(bool hasContent) {
    for (QDockWidget* dock : m_docks) dock->hide(); // one that stands beside another for a moment widens the window
    place("dock.budget", Qt::TopDockWidgetArea, hasContent);
    QDockWidget* blocks = place("dock.blocks", Qt::LeftDockWidgetArea, hasContent);
    QDockWidget* pictures = place("dock.comparison", Qt::BottomDockWidgetArea, hasContent);
    const auto behind = [this](QDockWidget* front, const char* id, Qt::DockWidgetArea area) {
        m_window.tabifyDockWidget(front, place(id, area, false)); // beside each other they would widen the window
    };
    for (const char* id : {"dock.search", "dock.recipe", "dock.inspector"}) behind(blocks, id, Qt::LeftDockWidgetArea);
    for (const char* id : {"dock.grid", "dock.jobs"}) behind(pictures, id, Qt::BottomDockWidgetArea);
    place("dock.log", Qt::BottomDockWidgetArea, false);
    place("dock.help", Qt::RightDockWidgetArea, false);
    m_window.resizeDocks({blocks}, {m_window.width() * 40 / 100}, Qt::Horizontal);
    m_window.resizeDocks({pictures}, {m_window.height() * 38 / 100}, Qt::Vertical);
}

bool DockLayout::fitsTheScreen() const {
    const QSize most = m_window.screen()->availableSize().expandedTo(m_window.size());
    const QSize least = m_window.minimumSizeHint();
    return least.width() <= most.width() && least.height() <= most.height();
}

QByteArray DockLayout::save() const {
    return m_window.saveState(kVersion);
}

void DockLayout::restore(const QByteArray& places) {
    m_window.restoreState(places, kVersion);
}

} // namespace app::windows

#include <app/windows/jobstatus.h>

#include <app/models/jobsmodel.h>
#include <app/models/phasetexts.h>
#include <app/windows/symbols.h>

#include <QHBoxLayout>
#include <QStyle>

namespace app::windows {

namespace {

constexpr int kScale = 1000; ///< of the bar; counts of work may exceed an int

} // namespace

JobStatus::JobStatus(const jobs::Engine& engine, QWidget* parent)
    : QWidget(parent), m_text(new QLabel(this)), m_bar(new QProgressBar(this)), m_stop(new QToolButton(this)) {
    m_text->setAccessibleName(tr("Present work"));
    m_bar->setFixedWidth(180);
    m_bar->setTextVisible(false);
    m_bar->setMaximumHeight(m_text->sizeHint().height());
    m_stop->setIcon(symbol(QStyle::SP_BrowserStop));
    m_stop->setText(tr("Stop"));
    m_stop->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_stop->setAutoRaise(true);
    m_stop->setObjectName(QStringLiteral("stop"));
    m_stop->setToolTip(tr("Stop the present work; what was measured is kept"));
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(m_text);
    row->addWidget(m_bar);
    row->addWidget(m_stop);
    connect(&engine, &jobs::Engine::progressed, this, &JobStatus::showProgress);
    connect(&engine, &jobs::Engine::busyChanged, this, &JobStatus::showBusy);
    connect(m_stop, &QToolButton::clicked, this, &JobStatus::stopRequested);
    showBusy(engine.isBusy());
}

void JobStatus::showProgress(jobs::JobKind kind, const ldm::Progress& progress) {
    m_text->setText(QStringLiteral("%1: %2").arg(models::nameOf(kind), models::phaseText(progress.what)));
    m_bar->setRange(0, progress.total > 0 ? kScale : 0); // an empty range shows work of unknown length
    if (progress.total > 0) m_bar->setValue(int(double(progress.done) / double(progress.total) * kScale));
}

void JobStatus::showBusy(bool busy) {
    m_bar->setVisible(busy);
    m_stop->setVisible(busy);
    if (!busy) m_text->setText(tr("Ready"));
}

} // namespace app::windows

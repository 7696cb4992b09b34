#include <app/windows/jobspane.h>

#include <widgets/colourmap.h>

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

#include <array>

namespace app::windows {

namespace {

using jobs::JobState;
using models::JobsModel;

constexpr int kLongestNotifySeconds = 3600;
constexpr int kBarMargin = 3;
constexpr std::array kWidths{120, 300, 130, 110, 90, 70};

/// A bar behind the number, in colours of the palette.
class ProgressDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        QStyledItemDelegate::paint(painter, option, index);
        const QVariant fraction = index.data(JobsModel::FractionRole);
        if (!fraction.isValid()) return;
        QRect bar = option.rect.adjusted(kBarMargin, kBarMargin, -kBarMargin, -kBarMargin);
        const QColor fill = option.palette.color(QPalette::Highlight);
        painter->setPen(option.palette.color(QPalette::Mid));
        painter->setBrush(option.palette.color(QPalette::Base));
        painter->drawRect(bar);
        QRect done = bar.adjusted(1, 1, 0, 0);
        done.setWidth(int(done.width() * fraction.toDouble()));
        painter->fillRect(done, fill);
        // The number in both colours, each where its ground is.
        const QString text = index.data().toString();
        painter->setPen(option.palette.color(QPalette::Text));
        painter->drawText(bar, Qt::AlignCenter, text);
        painter->setClipRect(done);
        painter->setPen(widgets::textColourOn(fill));
        painter->drawText(bar, Qt::AlignCenter, text);
        painter->setClipping(false);
    }
};

} // namespace

JobsPane::JobsPane(session::Studio& studio, QWidget* parent)
    : QWidget(parent), m_studio(studio), m_jobs(studio.engine()), m_table(new QTableView(this)),
      m_pause(new QPushButton(tr("Pause"), this)), m_resume(new QPushButton(tr("Resume"), this)),
      m_stop(new QPushButton(tr("Stop"), this)), m_stopAfter(new QPushButton(tr("Stop After This Picture"), this)),
      m_copy(new QPushButton(tr("Copy as Command Line"), this)), m_clear(new QPushButton(tr("Clear History"), this)),
      m_notifyAfter(new QSpinBox(this)), m_offer(new QWidget(this)), m_abandoned(new QLabel(m_offer)),
      m_resumeAbandoned(new QPushButton(tr("Resume Them"), m_offer)), m_forget(new QPushButton(tr("Forget"), m_offer)) {
    nameControls();
    build();
    connectAll();
    showChoices();
}

void JobsPane::nameControls() {
    setAccessibleName(tr("Jobs"));
    setFocusProxy(m_table);
    m_table->setObjectName(QStringLiteral("jobs"));
    m_table->setAccessibleName(tr("Queue and history of jobs"));
    const auto name = [](QPushButton* button, const char* id, const QString& tip) {
        button->setObjectName(QLatin1String(id));
        button->setToolTip(tip);
    };
    name(m_pause, "jobPause", tr("Put the selected job aside; what was done is kept"));
    name(m_resume, "jobResume", tr("Go on with the selected job"));
    name(m_stop, "jobStop", tr("End the selected job; what was done is kept"));
    name(m_stopAfter, "jobStopAfter", tr("Finish the picture that is being made and begin no other"));
    name(m_copy, "jobCopy", tr("Copy the selected job as a command for a shell"));
    name(m_clear, "jobClear", tr("Take jobs that are over off the list"));
    name(m_resumeAbandoned, "jobResumeAbandoned", tr("Open their model and go on with them"));
    name(m_forget, "jobForget", tr("Do not offer them again"));
    m_notifyAfter->setObjectName(QStringLiteral("jobNotifyAfter"));
    m_notifyAfter->setAccessibleName(tr("Tell me of the end of jobs longer than"));
    m_notifyAfter->setToolTip(
        tr("A message of the desktop when a job ends that took this long, while another window is "
           "in front"));
    m_abandoned->setObjectName(QStringLiteral("jobAbandoned"));
    m_abandoned->setWordWrap(true);
    m_abandoned->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_abandoned->setFocusPolicy(Qt::StrongFocus);
}

void JobsPane::build() {
    m_table->setModel(&m_jobs);
    m_table->setItemDelegateForColumn(JobsModel::Progress, new ProgressDelegate(this));
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setTabKeyNavigation(false);
    m_table->setWordWrap(false);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(m_table->fontMetrics().height() + 8);
    for (int column = 0; column < JobsModel::ColumnCount; ++column)
        m_table->setColumnWidth(column, kWidths[std::size_t(column)]);
    m_table->horizontalHeader()->setSectionResizeMode(JobsModel::What, QHeaderView::Stretch);
    auto* offer = new QHBoxLayout(m_offer);
    offer->setContentsMargins(0, 0, 0, 0);
    offer->addWidget(m_abandoned, 1);
    offer->addWidget(m_resumeAbandoned);
    offer->addWidget(m_forget);
    m_offer->hide();
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(6, 6, 6, 6);
    column->setSpacing(4);
    column->addWidget(m_offer);
    column->addWidget(m_table, 1);
    column->addLayout(buildButtons());
}

QLayout* JobsPane::buildButtons() {
    auto* ofOne = new QHBoxLayout;
    for (QPushButton* button : {m_pause, m_resume, m_stop, m_stopAfter, m_copy}) ofOne->addWidget(button);
    ofOne->addStretch(1);
    auto* ofAll = new QHBoxLayout;
    ofAll->addWidget(m_clear);
    ofAll->addStretch(1);
    ofAll->addLayout(buildNotification());
    auto* rows = new QVBoxLayout; // one row would be as wide as half a screen
    rows->setSpacing(4);
    rows->addLayout(ofOne);
    rows->addLayout(ofAll);
    return rows;
}

QLayout* JobsPane::buildNotification() {
    m_notifyAfter->setRange(0, kLongestNotifySeconds);
    m_notifyAfter->setSpecialValueText(tr("never"));
    m_notifyAfter->setSuffix(tr(" s"));
    m_notifyAfter->setValue(m_studio.settings().value(session::kNotifyAfterSeconds));
    auto* label = new QLabel(tr("Tell me of jobs longer than"), this);
    label->setBuddy(m_notifyAfter);
    auto* row = new QHBoxLayout;
    row->addWidget(label);
    row->addWidget(m_notifyAfter);
    return row;
}

void JobsPane::connectAll() {
    jobs::Engine* engine = &m_studio.engine();
    const auto act = [this, engine](QPushButton* button, void (jobs::Engine::*does)(quint64)) {
        connect(button, &QPushButton::clicked, this, [this, engine, does] {
            if (const models::JobRecord* job = selected()) (engine->*does)(job->number);
        });
    };
    act(m_pause, &jobs::Engine::pause);
    act(m_resume, &jobs::Engine::resume);
    act(m_stop, &jobs::Engine::cancel);
    connect(m_stopAfter, &QPushButton::clicked, engine, &jobs::Engine::stopAfterPicture);
    connect(m_copy, &QPushButton::clicked, this, &JobsPane::copyCommandLine);
    connect(m_clear, &QPushButton::clicked, &m_jobs, &JobsModel::clearHistory);
    connect(m_notifyAfter, &QSpinBox::valueChanged, this,
            [this](int seconds) { m_studio.settings().set(session::kNotifyAfterSeconds, seconds); });
    connect(m_resumeAbandoned, &QPushButton::clicked, this, &JobsPane::resumeRequested);
    connect(m_forget, &QPushButton::clicked, this, &JobsPane::forgetRequested);
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this, &JobsPane::showChoices);
    for (const auto signal : {&JobsModel::rowsInserted, &JobsModel::rowsRemoved})
        connect(&m_jobs, signal, this, &JobsPane::showChoices);
    connect(&m_jobs, &JobsModel::queueChanged, this, &JobsPane::showChoices);
}

const models::JobRecord* JobsPane::selected() const {
    const QModelIndexList rows = m_table->selectionModel()->selectedRows();
    return rows.isEmpty() ? nullptr : &m_jobs.record(rows.front().row());
}

void JobsPane::showChoices() {
    if (!selected() && m_jobs.rowCount() > 0) m_table->selectRow(0);
    const models::JobRecord* job = selected();
    const auto isOneOf = [job](std::initializer_list<JobState> states) {
        return job && std::find(states.begin(), states.end(), job->state) != states.end();
    };
    const bool canGoOn = job && jobs::EngineThread::canPause(job->kind);
    m_pause->setEnabled(isOneOf({JobState::Waiting}) || (canGoOn && isOneOf({JobState::Running})));
    m_resume->setEnabled(isOneOf({JobState::Paused, JobState::Pausing}));
    m_stop->setEnabled(isOneOf({JobState::Waiting, JobState::Running, JobState::Pausing, JobState::Paused}));
    const bool makesPictures = job && (job->kind == jobs::JobKind::Preview || job->kind == jobs::JobKind::Pictures);
    m_stopAfter->setEnabled(makesPictures && isOneOf({JobState::Running}));
    m_copy->setEnabled(job && job->description.commandLine);
    m_clear->setEnabled(m_jobs.unfinished().size() < m_jobs.rowCount());
}

void JobsPane::copyCommandLine() {
    const models::JobRecord* job = selected();
    if (job && job->description.commandLine) QGuiApplication::clipboard()->setText(job->description.commandLine());
}

void JobsPane::offerAbandoned(const QStringList& jobs) {
    m_offer->setVisible(!jobs.isEmpty());
    m_abandoned->setText(tr("The program ended while it was at work on: %1").arg(jobs.join(QStringLiteral("; "))));
}

} // namespace app::windows

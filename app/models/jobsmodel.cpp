#include <app/models/jobsmodel.h>

#include <app/models/phasetexts.h>

#include <QElapsedTimer>
#include <QLocale>

#include <cmath>

namespace app::models {

namespace {

using jobs::JobState;

constexpr int kMostRecords = 200;

JobsModel::Clock monotonicClock() {
    QElapsedTimer timer;
    timer.start();
    return [timer] { return timer.elapsed(); };
}

std::optional<double> fractionOf(const JobRecord& record) {
    if (record.state == JobState::Finished) return 1;
    if (record.progress.total <= 0) return std::nullopt;
    return double(record.progress.done) / double(record.progress.total);
}

/// Where the work is lost time if it is a matter of the engine alone: running ones.
bool isAtWork(JobState state) {
    return state == JobState::Running || state == JobState::Pausing || state == JobState::Stopping;
}

} // namespace

QString nameOf(jobs::JobKind kind) {
    switch (kind) {
    case jobs::JobKind::Open:
        return JobsModel::tr("Opening");
    case jobs::JobKind::Report:
        return JobsModel::tr("Writing the report");
    case jobs::JobKind::Export:
        return JobsModel::tr("Exporting");
    case jobs::JobKind::Verify:
        return JobsModel::tr("Verifying an export");
    case jobs::JobKind::Preview:
        return JobsModel::tr("Pictures");
    case jobs::JobKind::Inspect:
        return JobsModel::tr("Inspecting");
    case jobs::JobKind::Pictures:
        return JobsModel::tr("Grid of pictures");
    case jobs::JobKind::Measure:
        return JobsModel::tr("Measuring the recipe");
    case jobs::JobKind::Speed:
        return JobsModel::tr("Measuring the speed");
    case jobs::JobKind::Search:
        return JobsModel::tr("Searching");
    case jobs::JobKind::Analyze:
        return JobsModel::tr("Measuring");
    }
    return {};
}

QString nameOf(JobState state) {
    switch (state) {
    case JobState::Waiting:
        return JobsModel::tr("waiting");
    case JobState::Running:
        return JobsModel::tr("running");
    case JobState::Pausing:
        return JobsModel::tr("pausing…");
    case JobState::Paused:
        return JobsModel::tr("paused");
    case JobState::Stopping:
        return JobsModel::tr("stopping…");
    case JobState::Finished:
        return JobsModel::tr("finished");
    case JobState::Stopped:
        return JobsModel::tr("stopped");
    case JobState::Replaced:
        return JobsModel::tr("replaced by a newer one");
    case JobState::Failed:
        return JobsModel::tr("failed");
    }
    return {};
}

QString timeText(double seconds) {
    if (seconds < 60) return JobsModel::tr("about %1 s").arg(std::max(1, int(std::ceil(seconds))));
    if (seconds < 3600) return JobsModel::tr("about %1 min").arg(int(std::ceil(seconds / 60)));
    return JobsModel::tr("about %1 h").arg(QLocale().toString(seconds / 3600, 'f', 1));
}

JobsModel::JobsModel(const jobs::Engine& engine, QObject* parent, Clock clock)
    : QAbstractTableModel(parent), m_clock(clock ? std::move(clock) : monotonicClock()) {
    connect(&engine, &jobs::Engine::jobSubmitted, this, &JobsModel::add);
    connect(&engine, &jobs::Engine::jobChanged, this, &JobsModel::change);
    connect(&engine, &jobs::Engine::jobProgressed, this, &JobsModel::noteProgress);
    connect(&engine, &jobs::Engine::jobDescribed, this,
            [this](quint64 number, const jobs::JobDescription& description) {
                const int row = rowOf(number);
                if (row < 0) return;
                m_jobs[row].record.description = description;
                tellChanged(row);
            });
}

void JobsModel::add(quint64 number, jobs::JobKind kind, const jobs::JobDescription& description) {
    beginInsertRows({}, 0, 0);
    Job job;
    job.record.number = number;
    job.record.kind = kind;
    job.record.description = description;
    m_jobs.prepend(job);
    endInsertRows();
    dropOldest();
    Q_EMIT queueChanged();
}

/// News from the engine's thread may be older than what was asked for since: then a job that is to stop still runs.
void JobsModel::change(quint64 number, JobState state, const QString& sentence) {
    const int row = rowOf(number);
    if (row < 0) return;
    Job& job = m_jobs[row];
    const bool isLate = state == JobState::Running && job.record.state == JobState::Stopping;
    enter(job, isLate ? JobState::Stopping : state);
    job.record.sentence = sentence;
    const bool neverRan = state == JobState::Replaced && !job.record.begun.isValid();
    const JobRecord record = job.record;
    if (neverRan)
        remove(row);
    else
        tellChanged(row);
    if (record.state == JobState::Finished || record.state == JobState::Failed) Q_EMIT finished(record);
    Q_EMIT queueChanged();
}

void JobsModel::enter(Job& job, JobState state) {
    const bool worked = isAtWork(job.record.state);
    const bool works = isAtWork(state);
    if (works && !worked) {
        job.turnBegan = m_clock();
        job.timeLeft.begin();
        if (!job.record.begun.isValid()) job.record.begun = QDateTime::currentDateTime();
    }
    if (worked && !works) job.record.workedMs += m_clock() - job.turnBegan;
    job.record.state = state;
}

void JobsModel::noteProgress(quint64 number, const ldm::Progress& progress) {
    const int row = rowOf(number);
    if (row < 0) return;
    m_jobs[row].record.progress = progress;
    m_jobs[row].timeLeft.note(m_clock(), progress);
    tellChanged(row);
}

std::optional<double> JobsModel::secondsLeft(int row) const {
    if (m_jobs[row].record.state != JobState::Running) return std::nullopt;
    return m_jobs[row].timeLeft.seconds(m_clock());
}

QList<JobRecord> JobsModel::unfinished() const {
    QList<JobRecord> records;
    for (const Job& job : m_jobs)
        if (!jobs::isOver(job.record.state)) records.prepend(job.record);
    return records;
}

void JobsModel::clearHistory() {
    for (int row = int(m_jobs.size()) - 1; row >= 0; --row)
        if (jobs::isOver(m_jobs[row].record.state)) remove(row);
}

void JobsModel::dropOldest() {
    for (int row = int(m_jobs.size()) - 1; row >= 0 && m_jobs.size() > kMostRecords; --row)
        if (jobs::isOver(m_jobs[row].record.state)) remove(row);
}

int JobsModel::rowOf(quint64 number) const {
    for (int row = 0; row < m_jobs.size(); ++row)
        if (m_jobs[row].record.number == number) return row;
    return -1;
}

void JobsModel::remove(int row) {
    beginRemoveRows({}, row, row);
    m_jobs.removeAt(row);
    endRemoveRows();
}

void JobsModel::tellChanged(int row) {
    Q_EMIT dataChanged(index(row, 0), index(row, ColumnCount - 1));
}

int JobsModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : int(m_jobs.size());
}

int JobsModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : int(ColumnCount);
}

QString JobsModel::text(int row, Column column) const {
    const JobRecord& job = record(row);
    switch (column) {
    case Kind:
        return nameOf(job.kind);
    case What:
        return job.description.what;
    case State:
        return nameOf(job.state);
    case Progress:
        if (const auto fraction = fractionOf(job)) return tr("%1 %").arg(int(std::floor(100 * *fraction)));
        return {};
    case Left:
        if (const auto seconds = secondsLeft(row)) return timeText(*seconds);
        return {};
    case Begun:
        return QLocale().toString(job.begun.time(), QLocale::ShortFormat);
    case ColumnCount:
        break;
    }
    return {};
}

QVariant JobsModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || index.row() >= m_jobs.size()) return {};
    const JobRecord& job = record(index.row());
    if (role == FractionRole) {
        const auto fraction = fractionOf(job);
        return index.column() == Progress && fraction ? QVariant(*fraction) : QVariant();
    }
    if (role == Qt::ToolTipRole) {
        const QString present = phaseText(job.progress.what);
        return !job.sentence.isEmpty()      ? job.sentence
               : index.column() == Progress ? present
                                            : text(index.row(), Column(index.column()));
    }
    if (role == Qt::DisplayRole) return text(index.row(), Column(index.column()));
    return {};
}

QVariant JobsModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (role != Qt::DisplayRole || orientation != Qt::Horizontal) return {};
    const QStringList titles{tr("Job"), tr("What"), tr("State"), tr("Progress"), tr("Time left"), tr("Began")};
    return titles.value(section);
}

} // namespace app::models

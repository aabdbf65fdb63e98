package core

// SetRowPage has push rows read by pages of that many, so that few sockets are many pages.
func (s *ChannelSet) SetRowPage(rows int) {
	for _, d := range s.Destinations() {
		s.logsOf(d.Name).rowPage = rows
	}
}
